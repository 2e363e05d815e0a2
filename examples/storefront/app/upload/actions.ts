'use server'

export async function describeFile(_before: string, form: FormData) {
  const file = form.get('file')
  return file instanceof File ? `${file.name}: ${(await file.text()).length} characters` : 'no file'
}
