import { DatabaseSync } from 'node:sqlite';
import { DamagedDatabase } from './damaged.ts';

/** The table as RPM makes it (lib/backend/sqlite.c). Another one could compute without an end. */
const table =
  /^CREATE TABLE '?"?Packages"?'? ?\(\s*hnum INTEGER PRIMARY KEY AUTOINCREMENT,\s*blob BLOB NOT NULL\s*\)$/;

/** Yields the headers of an RPM database in SQLite's form. */
export function* sqliteHeaders(bytes: Buffer): Generator<Buffer> {
  if (bytes.toString('latin1', 0, 16) !== 'SQLite format 3\0') {
    throw new DamagedDatabase('it is not in the form of SQLite');
  }
  // A database in memory cannot have a write-ahead log, which these two bytes ask for (SQLite, File Format, §1.3).
  bytes[18] = 1;
  bytes[19] = 1;
  const database = new DatabaseSync(':memory:', { allowExtension: false });
  try {
    database.deserialize(bytes);
    database.enableDefensive(true);
    database.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;');
    const made = database
      .prepare("SELECT sql FROM sqlite_schema WHERE name = 'Packages' AND type = 'table'")
      .get();
    if (!table.test(String(made?.['sql']))) {
      throw new DamagedDatabase('its table of packages is not the one that RPM makes');
    }
    for (const row of database.prepare('SELECT blob FROM Packages ORDER BY hnum').iterate()) {
      const { blob } = row;
      if (!(blob instanceof Uint8Array)) throw new DamagedDatabase('a row of it has no header');
      yield Buffer.from(blob.buffer, blob.byteOffset, blob.length);
    }
  } catch (error) {
    throw error instanceof DamagedDatabase ? error : new DamagedDatabase(String(error));
  } finally {
    database.close();
  }
}
