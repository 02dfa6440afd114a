export declare const apiPaths: string[];
export declare const assetPaths: string[];
export declare function matches(pattern: string, path: string): boolean;
export declare function kindOf(path: string): 'api' | 'asset' | 'page';
