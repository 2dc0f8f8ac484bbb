export { linesOfRun } from './report.js';
export { type ChaosOptions, type ChaosResult, runChaos } from './run-chaos.js';
