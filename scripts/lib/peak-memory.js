// Runs a command and says the peak memory of its largest process, in kB, as the kernel counted it.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: 'inherit' });
let peak = 0;

/** VmHWM of a process and all below it: a high-water mark, so looking now and then misses nothing but the last moment. */
function look(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const children = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim();
      if (children !== '') children.split(' ').forEach(look);
    }
  } catch (error) {
    // The process has ended between two looks.
    if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
  }
}

const timer = setInterval(() => look(child.pid), 20);
child.on('close', (code) => {
  clearInterval(timer);
  process.stderr.write(`peak-kb=${peak}\n`);
  process.exitCode = code ?? 1;
});
