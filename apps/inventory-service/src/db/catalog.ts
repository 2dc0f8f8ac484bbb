/** A product of the demonstration shop. */
export interface SeedProduct {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly price: string;
  readonly quantity: number;
}

const PLENTY = 100_000;

/** What the shop opens with. The ids are fixed, so that examples in documents work when pasted. All prices in USD. */
export const catalog: readonly SeedProduct[] = [
  {
    id: '660facf7-b9cf-417a-8ee1-27afe2fb2c72',
    name: 'Canvas Backpack',
    description: 'Twenty litres, waxed cotton, a pocket for everything.',
    price: '29.99',
    quantity: PLENTY,
  },
  {
    id: 'dda60f33-8dfd-4da2-96c8-1a029d72725a',
    name: 'Limited Stock Item',
    description: 'Numbered by hand, and soon gone: made for trying what happens when stock runs out.',
    price: '19.99',
    quantity: 5,
  },
  {
    id: 'aa70c6ce-dce0-4b37-a35f-d441f48ee14a',
    name: 'Ceramic Mug',
    description: 'Holds a third of a litre, and survives the dishwasher.',
    price: '12.50',
    quantity: PLENTY,
  },
  {
    id: '3cc94d78-fe9e-4227-8165-fdc2b319e652',
    name: 'Desk Lamp',
    description: 'Warm light, three levels, a long arm.',
    price: '49.00',
    quantity: PLENTY,
  },
  {
    id: '0cb78118-d140-4db9-96a9-10e931fe1a3d',
    name: 'Notebook',
    description: 'A5, dotted, 192 pages that lie flat.',
    price: '8.95',
    quantity: PLENTY,
  },
  {
    id: '83d59df2-0c0a-40d2-b0b5-94abf149d567',
    name: 'Steel Water Bottle',
    description: 'Three quarters of a litre, cold for a day.',
    price: '24.00',
    quantity: PLENTY,
  },
  {
    id: '5c73288f-e4d9-48f1-96d0-98c1f26dbe09',
    name: 'Mechanical Keyboard',
    description: 'Quiet switches, a metal plate, a detachable cable.',
    price: '119.00',
    quantity: PLENTY,
  },
  {
    id: 'b5ec1169-24f4-44ff-9ce8-6a3d834b1b3a',
    name: 'Wool Blanket',
    description: 'Merino, 140 by 200 centimetres.',
    price: '79.90',
    quantity: PLENTY,
  },
  {
    id: 'b4b13095-0f6f-45a4-aba2-b65e56b2a77c',
    name: 'Pour-over Coffee Set',
    description: 'Glass carafe, steel filter, no paper needed.',
    price: '34.75',
    quantity: PLENTY,
  },
  {
    id: '14305241-7879-4f84-a7b9-7dbeab186706',
    name: 'Sticker',
    description: 'One sticker. The cheapest thing in the shop.',
    price: '0.99',
    quantity: PLENTY,
  },
];
