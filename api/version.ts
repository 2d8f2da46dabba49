/** This build's version; the tidy test holds it equal to package.json. */
export const version = "0.1.0";
