if (!process.env.API_KEY) throw new RangeError('API_KEY is not set');

export const handler = async () => 'result';
