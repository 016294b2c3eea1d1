/** Lightning components of the package, run as Salesforce's own `sfdx-lwc-jest` runs them. */
const path = require('node:path');

// sfdx-lwc-jest finds components by the project it is started in.
process.chdir(path.join(__dirname, '.built', 'key'));
const { jestConfig } = require('@salesforce/sfdx-lwc-jest/config');

module.exports = {
  ...jestConfig,
  rootDir: __dirname,
  roots: ['<rootDir>/lwc'],
  testMatch: ['<rootDir>/lwc/*.test.js'],
  testPathIgnorePatterns: ['/node_modules/'],
  collectCoverageFrom: [],
  maxWorkers: 2,
  moduleNameMapper: {
    '^@salesforce/apex/SegueEngagement.forRecord$': '<rootDir>/lwc/forRecord.js',
    '^lightning/navigation$': '<rootDir>/lwc/navigation.js',
    '^@salesforce/apex$': '<rootDir>/lwc/apex.js',
  },
};
