import { loadDependencies } from 'cdk-katamari/runtime';

interface Image {
  png(): Image;
  resize(width: number): Image;
  toBuffer(options: {
    resolveWithObject: true;
  }): Promise<{ data: Buffer; info: { width: number; height: number; format: string } }>;
}

interface Modules {
  readonly sharp: (input: { create: { width: number; height: number; channels: 3; background: string } }) => Image;
}

/** Creates an image of one colour and a thumbnail of it. */
export const handler = async ({ background }: { background: string }) => {
  const { sharp } = await loadDependencies<Modules>(['sharp']);
  const image = sharp({ create: { width: 640, height: 320, channels: 3, background } });
  const { data, info } = await image.resize(64).png().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, format: info.format, magic: data.toString('latin1', 1, 4) };
};
