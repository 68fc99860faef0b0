import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import { randomFrom } from '@bundle/testkit';
import { readRpm } from '../src/read/rpm.ts';

/** A database that rpm 4.18 made of three packages, and the same headers in a file that Berkeley DB's `db_load` made. */
const recorded = (name: string): Buffer =>
  gunzipSync(readFileSync(join(import.meta.dirname, 'recorded', `${name}.gz`)));

/** What `rpm -qa` says of them. */
const expected = [
  {
    type: 'rpm',
    name: 'shop-part-1',
    version: '1.1-1.el9',
    architecture: 'x86_64',
    source: 'shop-part-1-1.1-1.el9.src.rpm',
    license: 'GPLv2+ and MIT',
  },
  {
    type: 'rpm',
    name: 'shop-part-2',
    version: '1.2-2.el9',
    architecture: 'x86_64',
    source: 'shop-part-2-1.2-2.el9.src.rpm',
    license: 'MIT',
  },
  {
    type: 'rpm',
    name: 'shop-part-3',
    version: '1.3-3.el9',
    epoch: '1',
    architecture: 'x86_64',
    source: 'shop-part-3-1.3-3.el9.src.rpm',
    license: 'GPLv2+ and MIT',
  },
];

/** Takes the headers out of SQLite, without the code under test. */
function headers(): Uint8Array[] {
  const database = new DatabaseSync(':memory:');
  const bytes = recorded('rpmdb.sqlite');
  bytes.fill(1, 18, 20);
  database.deserialize(bytes);
  const rows = database.prepare('SELECT blob FROM Packages').all();
  return rows.map(({ blob }) => (blob instanceof Uint8Array ? blob : new Uint8Array()));
}

/** Writes RPM's own form (lib/backend/ndb/rpmpkg.c), which Debian's rpm cannot. */
function ndbOf(blobs: readonly Uint8Array[]): Buffer {
  const page = Buffer.alloc(4096);
  page.write('RpmP', 0, 'latin1');
  page.writeUInt32LE(1, 12);
  for (let slot = 32; slot < page.length; slot += 16) page.write('Slot', slot, 'latin1');
  const parts: Buffer[] = [page];
  let block = page.length / 16;
  for (const [index, blob] of blobs.entries()) {
    const size = Math.ceil((16 + blob.length + 12) / 16);
    const bytes = Buffer.alloc(size * 16);
    bytes.write('BlbS', 0, 'latin1');
    bytes.writeUInt32LE(index + 1, 4);
    bytes.writeUInt32LE(blob.length, 12);
    bytes.set(blob, 16);
    page.writeUInt32LE(index + 1, 32 + index * 16 + 4);
    page.writeUInt32LE(block, 32 + index * 16 + 8);
    page.writeUInt32LE(size, 32 + index * 16 + 12);
    parts.push(bytes);
    block += size;
  }
  return Buffer.concat(parts);
}

const forms = [
  ['rpmdb.sqlite', recorded('rpmdb.sqlite')],
  ['Packages', recorded('Packages')],
  ['Packages.db', ndbOf(headers())],
] as const;

test.each(forms)('%s gives what rpm -qa says', (name, bytes) => {
  const { packages, problems } = readRpm(Buffer.from(bytes), `var/lib/rpm/${name}`);
  expect(packages.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual(expected);
  expect(problems).toEqual([]);
});

test.each(forms)('a damaged %s is a problem and never a crash', (name, bytes) => {
  const read = (changed: Buffer) => readRpm(changed, `var/lib/rpm/${name}`);
  expect(read(Buffer.from(bytes.subarray(0, 3000))).problems).toHaveLength(1);
  expect(read(Buffer.alloc(0)).problems).toHaveLength(1);
  expect(read(Buffer.from('no database at all'.repeat(100))).problems).toHaveLength(1);
  const random = randomFrom(7);
  for (let round = 0; round < 200; round++) {
    const changed = Buffer.from(bytes);
    for (let change = 0; change < 20; change++) {
      changed[Math.floor(random() * changed.length)] = Math.floor(random() * 256);
    }
    expect(read(changed).packages.length).toBeLessThan(1000);
  }
});

test('a table that computes its rows is not asked', () => {
  const database = new DatabaseSync(':memory:');
  database.exec(
    "CREATE VIEW Packages AS WITH RECURSIVE n(hnum, blob) AS (SELECT 1, x'00' UNION ALL SELECT hnum + 1, blob FROM n) SELECT * FROM n",
  );
  const { packages, problems } = readRpm(
    Buffer.from(database.serialize()),
    'var/lib/rpm/rpmdb.sqlite',
  );
  expect(packages).toEqual([]);
  expect(problems).toEqual(['is damaged: its table of packages is not the one that RPM makes']);
});

test('a value of Berkeley DB whose pages go in a circle ends', () => {
  const bytes = Buffer.from(recorded('Packages'));
  const pageBytes = bytes.readUInt32LE(20);
  for (let page = 1; page * pageBytes < bytes.length; page++) {
    // Overflow pages have type 7. Each is made to continue with itself.
    if (bytes[page * pageBytes + 25] === 7) bytes.writeUInt32LE(page, page * pageBytes + 16);
  }
  expect(readRpm(bytes, 'var/lib/rpm/Packages').packages.length).toBeLessThan(10);
});

/** Makes all entries of each page of a Berkeley DB database point to the first overflow value. */
function sharedValue(bytes: Buffer): Buffer {
  const pageBytes = bytes.readUInt32LE(20);
  const shared = Buffer.from(bytes);
  for (let start = pageBytes; start < bytes.length; start += pageBytes) {
    if (bytes[start + 25] !== 2 && bytes[start + 25] !== 13) continue;
    const entries = bytes.readUInt16LE(start + 20);
    const overflows = Array.from({ length: entries }, (_, entry) =>
      bytes.readUInt16LE(start + 26 + entry * 2),
    ).filter((at) => bytes[start + at] === 3);
    const [value] = overflows;
    if (value === undefined) continue;
    // Keys lie behind their values.
    const many = (value - 26) >> 2;
    shared.writeUInt16LE(many * 2, start + 20);
    for (let entry = 0; entry < many; entry++) {
      shared.writeUInt16LE(value + 12, start + 26 + entry * 4);
      shared.writeUInt16LE(value, start + 26 + entry * 4 + 2);
    }
  }
  return shared;
}

test('entries of Berkeley DB that share one value are read once', () => {
  const bytes = sharedValue(recorded('Packages'));
  const { packages, problems } = readRpm(bytes, 'var/lib/rpm/Packages');
  expect(packages.length).toBeLessThan(4);
  expect(problems).toEqual(['is damaged: its values overlap']);
});

test('slots of SUSE’s form that share one package end with the size of the database', () => {
  const [header = new Uint8Array()] = headers();
  const bytes = ndbOf([header]);
  for (let slot = 32; slot < 4096; slot += 16) bytes.copyWithin(slot, 32, 48);
  const { packages, problems } = readRpm(bytes, 'var/lib/rpm/Packages.db');
  expect(packages.length).toBeLessThan(5);
  expect(problems).toEqual(['is damaged: its values overlap']);
});

test('a row of SQLite that is not a header is a problem', () => {
  const database = new DatabaseSync(':memory:');
  database.exec(
    "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL); INSERT INTO Packages (blob) VALUES ('text')",
  );
  const bytes = Buffer.from(database.serialize());
  const { problems } = readRpm(bytes, 'var/lib/rpm/rpmdb.sqlite');
  expect(problems).toEqual(['is damaged: a row of it has no header']);
});

test('pages of SQLite that are in their tree many times end with the size of the database', () => {
  const database = new DatabaseSync(':memory:');
  database.exec(
    "PRAGMA page_size = 512; CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)",
  );
  const insert = database.prepare('INSERT INTO Packages (blob) VALUES (?)');
  for (let row = 0; row < 20_000; row++) insert.run(new Uint8Array(20));
  const bytes = Buffer.from(database.serialize());
  // Interior pages of tables have type 5. The first one is the root; each gets the next one as all its children.
  const interior = Array.from({ length: bytes.length / 512 }, (_, page) => page)
    .filter((page) => page > 0 && bytes[page * 512] === 5)
    .slice(0, 8);
  for (const [index, page] of interior.slice(0, -1).entries()) {
    const [start, child] = [page * 512, (interior[index + 1] ?? 0) + 1];
    for (let cell = 0; cell < bytes.readUInt16BE(start + 3); cell++) {
      bytes.writeUInt32BE(child, start + bytes.readUInt16BE(start + 12 + cell * 2));
    }
    bytes.writeUInt32BE(child, start + 8);
  }
  const { packages, problems } = readRpm(bytes, 'var/lib/rpm/rpmdb.sqlite');
  expect(packages).toEqual([]);
  expect(problems).toContain('is damaged: its values overlap');
});
