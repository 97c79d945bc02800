import type { References } from './secret-reference.js';
import { SETTINGS_TABLE } from './settings-table.js';

/** Fits `ScriptReferences` of src/scripts: what `setting:NAME` and `secret:NAME` in scripts.yaml stand for. */
export interface ConfiguredReferences {
  setting(name: string): string | undefined;
  secret(name: string): string | undefined;
}

/**
 * setting: a variable that is no secret, or its default. secret: any variable or NAME_FILE; `SECURECHANGE_CREDENTIAL`
 * stands for `user:password` of the SecureChange user.
 */
export function createScriptReferences(references: References): ConfiguredReferences {
  const isSecret = (name: string): boolean =>
    SETTINGS_TABLE.some((row) => row.name === name && row.secret) || /PASSWORD|SECRET|TOKEN|_KEY/.test(name);
  return {
    setting: (name) =>
      isSecret(name)
        ? undefined
        : (references.variable(name) ??
          SETTINGS_TABLE.find((row) => row.name === name)?.default ??
          undefined),
    secret: (name) => {
      if (name !== 'SECURECHANGE_CREDENTIAL') return references.variable(name);
      const user = references.variable('SECURECHANGE_USER');
      const password = references.variable('SECURECHANGE_PASSWORD');
      return user === undefined || password === undefined ? undefined : `${user}:${password}`;
    },
  };
}
