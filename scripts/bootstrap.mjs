// The door of `npm start`, `npm test` and the others, on a machine that has Node and npm and nothing else of ours.
// Written so that even a Node that is too old gets as far as saying so.
var wanted = [20, 19];
var found = process.versions.node.split('.').map(Number);
if (found[0] < wanted[0] || (found[0] === wanted[0] && found[1] < wanted[1])) {
  console.error(`\nNode ${process.versions.node} is too old: ${wanted.join('.')} or newer is needed.`);
  console.error('  What to do: install a newer one (https://nodejs.org, or "nvm install 24"), and start again\n');
  process.exit(1);
} else {
  import('./commands.mjs').then((commands) => commands.runCommand(process.argv[2], process.argv.slice(3)));
}
