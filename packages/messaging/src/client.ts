/** The sending side alone: whoever only sends commands starts without loading Nest and golevelup. */
export * from './command-client.js';
