export const handler = async (event: { 'detail-type': string; detail: unknown }) => {
  console.log(`got ${event['detail-type']}`);
  return { name: event['detail-type'], data: event.detail };
};
