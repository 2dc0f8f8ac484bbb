export * from './command.js';
export * from './envelope.js';
export * from './http.js';
export * from './inventory.commands.js';
export * from './money.js';
export * from './order.commands.js';
export * from './payment.commands.js';
export * from './values.js';
