/**
 * Tells zod not to compile schemas to functions. A configuration is read once, so that compiling its
 * schemas takes longer than reading it. Import this module before any that has schemas.
 *
 * @module
 */

import { config } from "zod";

config({ jitless: true });
