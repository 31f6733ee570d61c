export const handler = async (event: unknown, context: { awsRequestId: string }) => {
  console.log(JSON.stringify({ seen: { event, requestId: context.awsRequestId } }));
  throw new Error('fails, to be retried');
};
