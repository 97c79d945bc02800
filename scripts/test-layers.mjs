/** Test projects that need no Temporal server: what `npm run verify` runs. */
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
];

/** Test projects on a real server, in the order of what they build on. */
export const onServers = ['embedded', 'temporal', 'end-to-end'];
