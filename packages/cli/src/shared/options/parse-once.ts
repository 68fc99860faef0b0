// A run parses with each schema once or twice: a function compiled for it costs more than it saves. Imported before any
// schema is made, since that is when zod decides.
import { config } from 'zod';

config({ jitless: true });
