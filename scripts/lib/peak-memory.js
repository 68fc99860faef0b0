// Runs a command and prints JSON on the last line: the peak memory of its largest process in kB, as counted by the
// kernel, and the files that any of its processes had open for writing.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: 'inherit' });
const written = new Set();
let peakKb = 0;

/** Reads VmHWM of a process and its descendants. It is a high-water mark, so sampling misses only the last moment. */
function look(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    peakKb = Math.max(peakKb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
    for (const fd of readdirSync(`/proc/${pid}/fd`)) lookAtFile(pid, fd);
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const children = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim();
      if (children !== '') children.split(' ').forEach(look);
    }
  } catch (error) {
    // The process ended, or closed its file, in the meantime.
    if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
  }
}

function lookAtFile(pid, fd) {
  const path = readlinkSync(`/proc/${pid}/fd/${fd}`);
  if (!path.startsWith('/') || path.startsWith('/dev/')) return;
  const flags = /flags:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))?.[1];
  if ((Number.parseInt(flags ?? '0', 8) & 3) !== 0) written.add(path);
}

const timer = setInterval(() => look(child.pid), 20);
child.on('close', (code) => {
  clearInterval(timer);
  process.stderr.write(`${JSON.stringify({ peakKb, written: [...written] })}\n`);
  process.exitCode = code ?? 1;
});
