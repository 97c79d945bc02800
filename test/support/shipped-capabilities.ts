import { loadConfig } from '../../src/config/load-config.js';
import type { CapabilityMatrix } from '../../src/domain/capabilities.js';

/** The matrix of `config/capabilities.yaml`, read once. */
export function shippedCapabilities(): CapabilityMatrix {
  return (shipped ??= loadConfig('config').capabilities);
}

let shipped: CapabilityMatrix | undefined;
