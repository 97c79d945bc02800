import { z } from 'zod';
import { calendarsSchema } from './calendar-schema.js';
import { capabilitiesSchema } from './capability-schema.js';
import { functionsSchema } from './functions-schema.js';
import { managersSchema } from './manager-schema.js';
import { peopleSchema } from './people-schema.js';
import { processSchema } from './process-schema.js';
import { recordSchema } from './record-schema.js';
import { scriptsSchema } from './script-schema.js';
import { serversSchema } from './server-schema.js';

/** JSON Schemas of the operators' files, by file name below `config/schema/`: for editors, and for a look at the whole form. */
export function jsonSchemas(): ReadonlyMap<string, object> {
  const schemas: Readonly<Record<string, z.ZodType>> = {
    process: processSchema,
    calendars: calendarsSchema,
    servers: serversSchema,
    record: recordSchema,
    scripts: scriptsSchema,
    functions: functionsSchema,
    people: peopleSchema,
    managers: managersSchema,
    capabilities: capabilitiesSchema,
  };
  return new Map(
    Object.entries(schemas).map(([name, schema]) => [
      `${name}.schema.json`,
      // Input: what is written, before durations become milliseconds and defaults are filled in.
      { title: `securechange-orchestrator: ${name}`, ...z.toJSONSchema(schema, { io: 'input' }) },
    ]),
  );
}
