export declare const functions: Record<'page_request' | 'page_response' | 'api_request', string[]>;
export declare function assembled(name: keyof typeof functions): string;
