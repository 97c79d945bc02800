/** Whether a JSON text opens more lists and objects in each other than so many; one pass, brackets in texts left out. */
export function isNestedDeeperThan(levels: number, json: string): boolean {
  let depth = 0;
  let inText = false;
  for (const [token] of json.matchAll(/\\.|["[\]{}]/gs)) {
    if (token === '"') inText = !inText;
    else if (inText || token.startsWith('\\')) continue;
    else depth += token === '[' || token === '{' ? 1 : -1;
    if (depth > levels) return true;
  }
  return false;
}
