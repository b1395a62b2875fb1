/** Codes of the Picture Transfer Protocol (ISO 15740, PIMA 15740:2000); those of makers as libgphoto2's ptp.h names them. */
export const Operation = {
	GetDeviceInfo: 0x1001,
	OpenSession: 0x1002,
	CloseSession: 0x1003,
	GetStorageIDs: 0x1004,
	GetStorageInfo: 0x1005,
	GetObjectHandles: 0x1007,
	GetObjectInfo: 0x1008,
	GetObject: 0x1009,
	GetThumb: 0x100a,
	InitiateCapture: 0x100e,
	GetDevicePropDesc: 0x1014,
	GetDevicePropValue: 0x1015,
	SetDevicePropValue: 0x1016,
	GetPartialObject: 0x101b,
	NikonCapture: 0x90c0,
	NikonCheckEvent: 0x90c7,
	NikonDeviceReady: 0x90c8,
	NikonStartLiveView: 0x9201,
	NikonEndLiveView: 0x9202,
	NikonGetLiveViewImage: 0x9203,
	CanonRemoteRelease: 0x910f,
	CanonSetProperty: 0x9110,
	CanonSetRemoteMode: 0x9114,
	CanonSetEventMode: 0x9115,
	CanonGetEvent: 0x9116,
	CanonTransferComplete: 0x9117,
	CanonHostCapacity: 0x911a,
	CanonKeepDeviceOn: 0x911d,
	CanonRemoteReleaseOn: 0x9128,
	CanonRemoteReleaseOff: 0x9129,
	CanonGetPartialObject: 0x9107,
	CanonGetViewFinderData: 0x9153,
	PanasonicInitiateCapture: 0x9404,
	SonyConnect: 0x9201,
	SonyGetAbilities: 0x9202,
	SonySetProperty: 0x9205,
	SonyControl: 0x9207,
	SonyGetAllProperties: 0x9209
} as const;

export const Response = {
	OK: 0x2001,
	GeneralError: 0x2002,
	SessionNotOpen: 0x2003,
	OperationNotSupported: 0x2005,
	IncompleteTransfer: 0x2007,
	InvalidStorageID: 0x2008,
	InvalidObjectHandle: 0x2009,
	DevicePropNotSupported: 0x200a,
	StoreFull: 0x200c,
	AccessDenied: 0x200f,
	NoThumbnailPresent: 0x2010,
	StoreNotAvailable: 0x2013,
	DeviceBusy: 0x2019,
	InvalidParameter: 0x201d,
	SessionAlreadyOpen: 0x201e
} as const;

export const EventCode = {
	ObjectAdded: 0x4002,
	ObjectRemoved: 0x4003,
	StoreAdded: 0x4004,
	StoreRemoved: 0x4005,
	DevicePropChanged: 0x4006,
	StoreFull: 0x400a,
	CaptureComplete: 0x400d,
	NikonObjectAddedInMemory: 0xc101,
	PanasonicObjectAdded: 0xc108,
	SonyObjectAdded: 0xc201,
	CanonObjectAdded: 0xc181,
	CanonRequestTransfer: 0xc186,
	CanonPropertyChanged: 0xc189,
	CanonAvailableChanged: 0xc18a,
	CanonWillSoonShutDown: 0xc18d,
	CanonObjectAdded64: 0xc1a7
} as const;

export const Format = { Association: 0x3001, Jpeg: 0x3801 } as const;

export const Property = {
	BatteryLevel: 0x5001,
	WhiteBalance: 0x5005,
	FNumber: 0x5007,
	ExposureTime: 0x500d,
	ExposureIndex: 0x500f,
	ExposureBias: 0x5010,
	DateTime: 0x5011,
	NikonRecordingMedia: 0xd10b,
	CanonAperture: 0xd101,
	CanonShutterSpeed: 0xd102,
	CanonIso: 0xd103,
	CanonExposureBias: 0xd104,
	CanonBattery: 0xd111,
	CanonWhiteBalance: 0xd109,
	CanonTime: 0xd113,
	CanonCaptureDestination: 0xd11c,
	CanonViewFinderOutput: 0xd1b0,
	SonyShutterSpeed: 0xd20d,
	SonyFocus: 0xd213,
	SonyShootingFile: 0xd215,
	SonyBattery: 0xd218,
	SonyIso: 0xd21e,
	SonySaveTo: 0xd222,
	SonyPositionKey: 0xd25a,
	SonyHalfRelease: 0xd2c1,
	SonyRelease: 0xd2c2
} as const;

export const DataType = {
	Int8: 0x0001,
	Uint8: 0x0002,
	Int16: 0x0003,
	Uint16: 0x0004,
	Int32: 0x0005,
	Uint32: 0x0006,
	Int64: 0x0007,
	Uint64: 0x0008,
	String: 0xffff
} as const;

/** Where a dataset says 'all' or 'unknown'. */
export const ALL = 0xffffffff;
/** Vendor extensions of DeviceInfo. */
export const Vendor = { Microsoft: 6, Nikon: 10, Canon: 11, Sony: 0x11, Panasonic: 0x1c } as const;
