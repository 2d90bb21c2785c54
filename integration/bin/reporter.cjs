// Mocha's own report, and its totals once more as one plain line that programs and people read alike.
const { appendFileSync } = require('node:fs');
const Mocha = require('mocha');

module.exports = class Reporter extends Mocha.reporters.Dot {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      const { passes = 0, failures = 0, pending = 0 } = this.stats ?? {};
      const totals = process.env.HOLDFAST_TEST_TOTALS;
      if (totals) appendFileSync(totals, `${passes} ${failures} ${pending}\n`);
      process.stdout.write(`${passes} passed, ${failures} failed, ${pending} skipped\n`);
    });
  }
};
