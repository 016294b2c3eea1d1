/** Stands for the Apex method: a wire that the tests feed. */
import { createApexTestWireAdapter } from '@salesforce/sfdx-lwc-jest';

export default createApexTestWireAdapter(jest.fn());
