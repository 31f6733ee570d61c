import { emit, emitAll } from 'cdk-katamari/runtime';

export const handler = async ({ names, detail }: { names: string[]; detail?: unknown }) => {
  console.log(`emits ${names.length}`);
  const [first = '', ...others] = names;
  return [
    await emit(first, detail ?? { index: 0 }),
    ...(await emitAll(others.map((name, index) => ({ name, data: { index: index + 1 } })))),
  ];
};
