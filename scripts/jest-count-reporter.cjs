/** Prints "N passed, N failed" as the last line. A test that did not run proves nothing: it counts as failed. */
module.exports = class CountReporter {
  #notRun = 0;

  onRunComplete(_contexts, results) {
    this.#notRun = results.numPendingTests + results.numTodoTests;
    const broken = results.numRuntimeErrorTestSuites + (results.runExecError ? 1 : 0);
    const failed = results.numFailedTests + broken + this.#notRun;
    // Jest's own summary comes after all other reporters.
    process.on('exit', () => process.stdout.write(`${results.numPassedTests} passed, ${failed} failed\n`));
  }

  /** Jest exits with 1 when a reporter has an error. */
  getLastError() {
    return this.#notRun > 0 ? new Error(`${this.#notRun} tests did not run`) : undefined;
  }
};
