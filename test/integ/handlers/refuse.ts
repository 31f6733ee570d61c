export const handler = async () => {
  console.log('refuses');
  throw new Error('refused as always');
};
