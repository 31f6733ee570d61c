/** Settings for a client of the AWS SDK. */
export interface ClientSettings {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
}

/** Client settings that lead to the endpoint, region and account that environment variables name. */
export function clientSettingsFrom(environment: Readonly<Record<string, string>>): ClientSettings & { readonly region: string } {
  const { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region = 'us-east-1', AWS_ACCESS_KEY_ID: accessKeyId } = environment;
  const { AWS_SECRET_ACCESS_KEY: secretAccessKey = '', AWS_SESSION_TOKEN: sessionToken } = environment;
  return {
    ...(endpoint && { endpoint }),
    region,
    ...(accessKeyId && { credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) } }),
  };
}

/** Timeouts of a request. By default, the clients of the SDK wait without end. */
const TIMEOUTS = { connectionTimeout: 5_000, socketTimeout: 30_000 } as const;

/**
 * Settings of an SDK client, with timeouts, and with the region of the environment unless they have another one. The SDK reads
 * AWS_REGION, but not AWS_DEFAULT_REGION.
 */
export function sdkSettings<Settings extends ClientSettings>(settings: Settings) {
  const region = process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION;
  return { ...(region && { region }), ...settings, requestHandler: TIMEOUTS };
}
