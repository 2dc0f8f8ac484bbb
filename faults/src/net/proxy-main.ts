import type { Request, Response } from './link.js';
import { ProxiedLink } from './proxied-link.js';

// A process of its own, so that nothing that its parent does makes the network slow. It ends with its parent.
const links = new Map<string, ProxiedLink>();

function linkOf(name: string): ProxiedLink {
  const link = links.get(name);
  if (link) return link;
  throw new Error(`there is no link ${name}; there are ${[...links.keys()].join(', ')}`);
}

async function answer(request: Request): Promise<Omit<Response, 'number'>> {
  switch (request.ask) {
    case 'add': {
      const link = new ProxiedLink(request.link);
      links.set(request.link.name, link);
      return { port: await link.listen() };
    }
    case 'set':
      for (const link of request.names.map(linkOf)) link.set(request.condition);
      return {};
    case 'reset':
      for (const link of request.names.map(linkOf)) link.reset();
      return {};
    case 'forget':
      for (const link of request.names.map(linkOf)) link.forget();
      return {};
  }
}

process.on('message', (request: Request) => {
  const reply = (response: Omit<Response, 'number'>) => process.send?.({ number: request.number, ...response });
  answer(request).then(reply, (error: Error) => reply({ error: error.message }));
});
process.on('disconnect', () => process.exit(0));
