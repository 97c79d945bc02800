/** What may stand in `config/functions.yaml`. */
import { z } from 'zod';
import { relativePath } from './schema-parts.js';

export const functionsSchema = z.strictObject({
  modules: z
    .array(
      relativePath.refine((file) => file.endsWith('.mjs'), { error: 'must be a JavaScript module, *.mjs' }),
    )
    .max(20)
    .describe(
      'Modules below the configuration folder. Each function that one exports is a custom function of templates, by its name: #name|function#.',
    ),
});
