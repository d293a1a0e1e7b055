import fc from "fast-check";

// CI judges a change, so it draws the same examples each time; everyone else's run looks for what nobody thought of.
if (process.env.CI) fc.configureGlobal({ seed: 0 });
