/** Stands for `lightning/navigation`, and keeps where a component led to. */
export const navigated = jest.fn();
const Navigate = Symbol('Navigate');

export const NavigationMixin = (Base) =>
  class extends Base {
    [Navigate](reference) {
      navigated(reference);
    }
  };
NavigationMixin.Navigate = Navigate;
