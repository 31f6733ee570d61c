export const handler = async () => {
  console.log(`release ${process.env.RELEASE}`);
  return process.env.RELEASE;
};
