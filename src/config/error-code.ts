/** `ENOENT` and the like; by shape, because errors of the file system may come from another realm (as under jest). */
export function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}
