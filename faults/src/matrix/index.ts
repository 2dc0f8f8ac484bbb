export { type Cell, cellsOf, sampleOf, titleOf } from './cell.js';
export { allPoints, type Point } from './points.js';
export type { CellResult } from './run-cell.js';
export { type MatrixOptions, runMatrix } from './run-matrix.js';
