/** Why a gate is closed. */
export const GATE_REASONS = [
  'stopped',
  'notDriven',
  'ticketNotInProgress',
  'expired',
  'otherEpoch',
  'requestChanged',
  'riskChanged',
  'designChanged',
  'newRevision',
  'deviceMissing',
  'notAutomatic',
  'riskNotAllowed',
  'notApproved',
  'notEntitled',
  'windowClosed',
  'secureTrackCommits',
  'itsmState',
  'clockDiffers',
  'unreadable',
] as const;
export type GateReason = (typeof GATE_REASONS)[number];
