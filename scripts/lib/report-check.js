// Serves a report as it is, and with axe, which replaces the page by its violations between two marks.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const report = readFileSync(join(process.argv[2], 'report.html'), 'utf8');
const require = createRequire(join(import.meta.dirname, '../../packages/report/package.json'));
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const show = `axe.run().then(({ violations }) => {
  const found = violations.map(({ id, nodes }) => ({ id, places: nodes.map(({ target }) => target.join(' ')) }));
  document.body.textContent = 'AXE' + JSON.stringify(found) + 'AXE';
});`;
// The page forbids scripts to itself.
const checked = report
  .replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '')
  .replace('</body>', () => `<script>${axe}</script><script>${show}</script></body>`);
const server = createServer(({ url }, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(url?.startsWith('/axe.html') ? checked : report);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`);
});
