/** Where Segue answers: written in when the project is made by `segue hubspot package`. */
export const ORIGIN = '${ORIGIN}';
