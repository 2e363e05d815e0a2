export { buildDistribution } from './build-distribution.js';
export { BuilderError } from './errors.js';
export { makeRelease } from './release/release.js';
