/** Test projects that need no Temporal server. `npm run verify` runs all of them but the last, which tests it. */
export const serverless = [
  'domain',
  'phases',
  'activities',
  'securechange',
  'simulator',
  'gateway',
  'mediator',
  'replay',
  'repository',
  'verify',
];

/** Test projects on a real server, in the order of what they build on. */
export const onServers = ['embedded', 'temporal', 'end-to-end'];
