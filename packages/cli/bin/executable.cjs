// What an executable starts: loads the files of the command out of it, each when it is asked for. An executable's own
// `require` knows only what is part of Node.js.
const { dirname } = require('node:path');
const { getRawAsset } = require('node:sea');
const { compileFunction } = require('node:vm');

// The file that a user started, which unpacked this program. No program that this one starts is told.
const { BUNDLE_FILE } = process.env;
if (BUNDLE_FILE) process.argv[1] = BUNDLE_FILE;
delete process.env.BUNDLE_FILE;

const read = (name) => Buffer.from(getRawAsset(name));
const loader = { exports: {} };
compileFunction(read('loader.cjs').latin1Slice(), ['require', 'module'])(require, loader);
const { keptName, loaderOf } = loader.exports;
const name = keptName(process.argv.slice(2));
const load = loaderOf({
  read,
  folder: dirname(process.execPath),
  outer: require,
  // Beside the unpacked program, in a folder that is only this user's.
  kept: BUNDLE_FILE && name ? `${process.execPath}.${name}` : undefined,
});
load('./bundle.cjs');
