/** Layers in the order they are listed in: jest would start with what took long last time, however busy the machine was. */
module.exports = class {
  sort(tests) {
    return [...tests].sort((one, other) => place(one) - place(other));
  }

  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {}
};

function place({ context }) {
  return context.config.globals.layerPlace;
}
