#!/usr/bin/env -S node --
// Starts what the build makes of the command.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(`error: starting the bundle command
  expected: Node.js 24 or later
  found:    ${process.versions.node}
What to do: Install a newer Node.js, or use the executable, which needs none.
`);
  process.exit(126);
}
const folder = join(__dirname, '../dist/command');
if (process.env.BUNDLE_DEBUG === '1') {
  // Node.js finds the sources only of files that it loads itself.
  require('node:module').setSourceMapsSupport(true);
  require(join(folder, 'bundle.cjs'));
} else {
  const { keptName, loaderOf } = require('./loader.cjs');
  const name = keptName(process.argv.slice(2));
  const load = loaderOf({
    read: (file) => readFileSync(join(folder, file)),
    folder,
    outer: require,
    kept: name && join(__dirname, '../dist/compile-cache', name),
  });
  load('./bundle.cjs');
}
