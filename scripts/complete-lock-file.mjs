// Adds to package-lock.json the packages for other platforms that its packages name and a registry mirror did not have. `npm ci`
// refuses a lock file that lacks one, also for a platform that is not used. Run after every `npm install`; changes nothing else.
import { readFileSync, writeFileSync } from 'node:fs';

const systems = [
  'darwin',
  'win32',
  'linux',
  'android',
  'freebsd',
  'openharmony',
  'netbsd',
  'openbsd',
  'sunos',
  'aix',
];
const processors = [
  'arm64',
  'x64',
  'ia32',
  'ppc64',
  's390x',
  'riscv64',
  'loong64',
  'mips64el',
  'arm',
  'wasm32',
];

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));

/** Platform packages are named for their platform: `@swc/core-linux-arm-gnueabihf`. */
function platformOf(name) {
  const words = name.split(/[-/]/);
  const os = systems.find((system) => words.includes(system));
  const cpu = processors.find((processor) => words.includes(processor));
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : words.some((word) => word.startsWith('gnu'))
      ? 'glibc'
      : null;
  return {
    ...(cpu && { cpu: [cpu] }),
    ...(os === 'linux' && libc && { libc: [libc] }),
    ...(os && { os: [os] }),
  };
}

function isListed(name, from) {
  // Node's own way up: from the package's own node_modules to the top one.
  const folders = [from];
  while (folders.at(-1).includes('/node_modules/')) {
    folders.push(folders.at(-1).slice(0, folders.at(-1).lastIndexOf('/node_modules/')));
  }
  return [...folders.map((folder) => `${folder}/node_modules/${name}`), `node_modules/${name}`].some(
    (path) => lock.packages[path] !== undefined,
  );
}

const added = {};
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (path === '' || !/^\d+\.\d+\.\d+/.test(version) || isListed(name, path)) continue;
    added[`node_modules/${name}`] = {
      version,
      ...(entry.dev === true && { dev: true }),
      optional: true,
      ...platformOf(name),
    };
  }
}

const packages = Object.entries({ ...lock.packages, ...added }).sort(([a], [b]) => (a < b ? -1 : 1));
writeFileSync(
  'package-lock.json',
  `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`,
);
console.log(`added ${String(Object.keys(added).length)} entries`);
