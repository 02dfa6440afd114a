// What visitors ask: the distribution with its edge functions, the bucket with the site's files, and its names.

import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { assembled, type functions } from '../edge/assemble.mjs';
import { apiPaths, assetPaths } from '../edge/paths.mjs';
import type { Domain, Settings } from './settings.js';

export class Site extends Construct {
  readonly bucket: s3.Bucket;
  readonly logBucket: s3.Bucket | undefined;
  readonly store: cloudfront.KeyValueStore;
  readonly distribution: cloudfront.Distribution;
  readonly edgeFunctions: cloudfront.Function[] = [];

  constructor(scope: Construct, settings: Settings, apiHost: string) {
    super(scope, 'site');
    const removalPolicy = settings.keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const closed = {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      removalPolicy,
    };
    this.bucket = new s3.Bucket(this, 'bucket', {
      ...closed,
      // A deployment that went wrong can be taken back file by file.
      versioned: true,
      lifecycleRules: [{ noncurrentVersionExpiration: Duration.days(30), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    });
    this.logBucket = settings.logs ? new s3.Bucket(this, 'logs', {
      ...closed,
      // CloudFront delivers its standard logs by access control lists.
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
      lifecycleRules: [{ expiration: Duration.days(30), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    }) : undefined;

    // Keys and settings of the edge. Its value is a secret and stands in no template: tools/keys.mjs writes it.
    this.store = new cloudfront.KeyValueStore(this, 'store', { comment: 'Footfall: keys and settings of the edge' });

    const pages = this.pages(settings);
    const { functionAssociations: _, ...assets } = pages;
    this.distribution = new cloudfront.Distribution(this, 'distribution', {
      comment: `Footfall: ${settings.site}`,
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      defaultRootObject: 'index.html',
      defaultBehavior: pages,
      // The first that matches decides.
      additionalBehaviors: {
        ...Object.fromEntries(apiPaths.map((path) => [path, this.api(apiHost)])),
        ...Object.fromEntries(assetPaths.map((path) => [path, assets])),
      },
      // CloudFront knows pages of errors for the whole distribution alone, so that one for 404 hides the API's words as well. No other
      // status is touched: what the API refuses (403) must arrive as that.
      ...(settings.missing === undefined ? {} : {
        errorResponses: [{ httpStatus: 404, responseHttpStatus: 404, responsePagePath: settings.missing, ttl: Duration.seconds(10) }],
      }),
      ...(settings.domain ? {
        domainNames: [settings.domain.name],
        certificate: this.certificate(settings.domain),
        minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
      } : {}),
      ...(settings.webAclArn ? { webAclId: settings.webAclArn } : {}),
      ...(this.logBucket ? { enableLogging: true, logBucket: this.logBucket, logIncludesCookies: false } : {}),
    });
    if (settings.domain) this.name(settings.domain);
  }

  get host(): string {
    return this.distribution.distributionDomainName;
  }

  private pages(settings: Settings): cloudfront.BehaviorOptions {
    return {
      // Who may list a bucket is told 404 of a file that is not there, and 403 otherwise. No list gets out: no path that CloudFront asks
      // for is the bucket's own (page_request and the default root object name a file), and queries do not reach it.
      origin: origins.S3BucketOrigin.withOriginAccessControl(this.bucket, { originAccessLevels: [cloudfront.AccessLevel.READ, cloudfront.AccessLevel.LIST] }),
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD,
      // By path alone: cookies and queries are the edge functions' business, and the marker must not make a second copy.
      cachePolicy: cloudfront.CachePolicy.CACHING_OPTIMIZED,
      compress: true,
      responseHeadersPolicy: new cloudfront.ResponseHeadersPolicy(this, 'headers', {
        securityHeadersBehavior: {
          contentTypeOptions: { override: true },
          referrerPolicy: { referrerPolicy: cloudfront.HeadersReferrerPolicy.STRICT_ORIGIN_WHEN_CROSS_ORIGIN, override: false },
          ...(settings.domain ? { strictTransportSecurity: { accessControlMaxAge: Duration.days(365), override: false } } : {}),
        },
      }),
      functionAssociations: [
        { eventType: cloudfront.FunctionEventType.VIEWER_REQUEST, function: this.edgeFunction('page_request') },
        { eventType: cloudfront.FunctionEventType.VIEWER_RESPONSE, function: this.edgeFunction('page_response') },
      ],
    };
  }

  private api(apiHost: string): cloudfront.BehaviorOptions {
    return this.apiBehavior ??= {
      origin: new origins.HttpOrigin(apiHost, { protocolPolicy: cloudfront.OriginProtocolPolicy.HTTPS_ONLY, originSslProtocols: [cloudfront.OriginSslPolicy.TLS_V1_2] }),
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
      allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
      cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
      // The API's host must be its own; the visitor's is told by the edge function.
      originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      functionAssociations: [{ eventType: cloudfront.FunctionEventType.VIEWER_REQUEST, function: this.edgeFunction('api_request') }],
    };
  }
  private apiBehavior: cloudfront.BehaviorOptions | undefined;

  private edgeFunction(name: keyof typeof functions): cloudfront.Function {
    const made = new cloudfront.Function(this, name.replace('_', '-'), {
      code: cloudfront.FunctionCode.fromInline(assembled(name)),
      runtime: cloudfront.FunctionRuntime.JS_2_0,
      keyValueStore: this.store,
      comment: `Footfall: cloud/edge, ${name}`,
    });
    this.edgeFunctions.push(made);
    return made;
  }

  private zone(domain: Domain): route53.IHostedZone {
    return this.hostedZone ??= route53.HostedZone.fromHostedZoneAttributes(this, 'zone', { zoneName: domain.zone, hostedZoneId: domain.zoneId });
  }
  private hostedZone: route53.IHostedZone | undefined;

  private certificate(domain: Domain): acm.ICertificate {
    if (domain.certificateArn !== undefined) return acm.Certificate.fromCertificateArn(this, 'certificate', domain.certificateArn);
    return new acm.Certificate(this, 'certificate', { domainName: domain.name, validation: acm.CertificateValidation.fromDns(this.zone(domain)) });
  }

  private name(domain: Domain): void {
    const target = route53.RecordTarget.fromAlias(new CloudFrontTarget(this.distribution));
    new route53.ARecord(this, 'ipv4', { zone: this.zone(domain), recordName: domain.name, target });
    new route53.AaaaRecord(this, 'ipv6', { zone: this.zone(domain), recordName: domain.name, target });
  }

  // For permissions: a distribution's own name.
  get distributionArn(): string {
    return Stack.of(this).formatArn({ service: 'cloudfront', region: '', resource: 'distribution', resourceName: this.distribution.distributionId });
  }
}
