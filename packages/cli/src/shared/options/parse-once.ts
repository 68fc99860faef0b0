// A run parses with each schema once or twice, so compiling a function for it costs more than it saves. Must be
// imported before any schema is made, which is when zod decides.
import { config } from 'zod';

config({ jitless: true });
