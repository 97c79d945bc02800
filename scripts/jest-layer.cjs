/* global describe, layerFiles */
// All test files of a layer as one: what they import is loaded once. `describe` keeps the hooks of each to itself.
for (const [name, path] of Object.entries(layerFiles)) {
  describe(name, () => {
    require(path);
  });
}
