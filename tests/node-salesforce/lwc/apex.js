/** Stands for `@salesforce/apex`. */
export const refreshApex = jest.fn(() => Promise.resolve());
