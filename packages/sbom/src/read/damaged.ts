/** Thrown by readers of a database that is not in the form that it should have; the message says why. */
export class DamagedDatabase extends Error {}
