import { clientSettingsFrom } from '../../engine/client-settings';

test.each([
  [{}, { region: 'us-east-1' }],
  [{ AWS_REGION: 'eu-west-1', AWS_PROFILE: 'x' }, { region: 'eu-west-1' }],
  [
    { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' },
    { endpoint: 'http://127.0.0.1:1', region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } },
  ],
  [
    { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_SESSION_TOKEN: 'c' },
    { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' } },
  ],
])('%j lead to %j', (environment, settings) => {
  expect(clientSettingsFrom(environment as Record<string, string>)).toEqual(settings);
});
