import type { Target } from '../src/domain/provisioning.js';

/** A target as overrides name it. */
export function placed({ managementId: target, name: targetName }: Target): {
  readonly target: string;
  readonly targetName: string;
} {
  return { target, targetName };
}
